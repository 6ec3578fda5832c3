"""Many saved acts in one request (同步): a result per item, one bad item blocks none."""
