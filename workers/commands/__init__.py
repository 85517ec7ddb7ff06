"""What each command of `quoteway` does. A module is imported when its command runs, and imports what it needs then."""
