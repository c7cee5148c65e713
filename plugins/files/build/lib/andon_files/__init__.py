"""Drop folders: files that a historian, a logger or a person puts there become readings. See the README."""
