"""A robot arm's recording of protective stops and lost grips (UCI 963), as a customer would meet it."""
