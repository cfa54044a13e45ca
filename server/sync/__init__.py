"""Push and pull: what tablets send and what they may see."""
