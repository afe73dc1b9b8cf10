/**
 * What every page runs: htmx, and its settings under our Content-Security-Policy.
 *
 * Pages with a cluster load lab.js besides; a page of text loads nothing more than this.
 */

import htmx from "htmx.org";

import "./classroom/copying.js";
import "./classroom/countdown.js";
import "./classroom/once.js";
import "./classroom/zone.js";
import "./theme-switch.js";

htmx.config.allowEval = false; // script-src 'self'
htmx.config.includeIndicatorStyles = false; // our own style sheet has them
htmx.config.historyCacheSize = 0; // a learner's pages do not stay in localStorage
htmx.config.scrollBehavior = "auto";
