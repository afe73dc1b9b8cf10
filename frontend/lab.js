/**
 * A page with a cluster: the three elements, and the wiring between them and the socket.
 */

import "./editor/yaml-editor.js";
import "./map/cluster-map.js";
import "./terminal/lab-terminal.js";

import { startLab } from "./lab/page.js";

const lab = document.getElementById("lab");
if (lab) startLab(lab);
