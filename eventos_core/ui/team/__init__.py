"""The Team page's parts: the list, inviting, one member with their rights."""
