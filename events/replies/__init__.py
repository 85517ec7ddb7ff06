"""What people write to tickets, taken as answers: the form, who may say what, and what it leads to."""
