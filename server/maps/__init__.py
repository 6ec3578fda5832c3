"""Maps (地图): density numbers and vector tiles of what a reader may see."""
