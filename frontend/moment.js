/**
 * A page with clusters as they were: each <cluster-map data-source="…"> gets the map message that the address gives.
 */

import "./map/cluster-map.js";

for (const map of document.querySelectorAll("cluster-map[data-source]")) show(map);

async function show(map) {
  const response = await fetch(map.dataset.source).catch(() => null);
  if (response?.ok) map.apply(await response.json());
  else map.querySelector(".map-waiting")?.replaceChildren("The cluster could not be loaded. Load the page again.");
}
