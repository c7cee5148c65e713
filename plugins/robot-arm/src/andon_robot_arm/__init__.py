"""Robot arms with six joints, watched by the phase of their task. See the README."""
