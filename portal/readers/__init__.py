"""What the readers' pages show, made of what the shelf answers: pure, but for the few that say so."""
