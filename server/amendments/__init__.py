"""Amendments (政策修订): a new version of policy files, stored with who and why, in force from a moment on.

The shipped files and the deployment's folder stay what they are; an amendment replaces a subject's files as a whole.
"""
