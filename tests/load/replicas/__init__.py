"""Whether many replicas behind a plain load balancer are one service, seen from outside."""
