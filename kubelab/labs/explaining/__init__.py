"""Why the cluster is as it is: where a Pod was put, who reaches whom, and the way of a request, as pages to look at."""
