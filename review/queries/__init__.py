"""Reading: each query takes the actor and gives only what the access rules allow."""
