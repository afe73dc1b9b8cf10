/**
 * Who is stuck, and for how long: somebody who is there, is at work, and has not got on for a while.
 */

const STUCK_SECONDS = 300;

/** @param {number} seconds @returns {string} "7 min", "2 h 5 min" */
export function lasting(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * @param {{since: string, here: boolean}} row when they last got on, in ISO 8601; "" for those who are not at work
 * @param {number} now milliseconds since the epoch
 * @returns {number} seconds for which they are stuck; 0 for all who are not
 */
export function stuckFor({ since, here }, now) {
  const seconds = since && here ? (now - Date.parse(since)) / 1000 : 0;
  return seconds >= STUCK_SECONDS ? seconds : 0;
}
