/**
 * The board of an assignment: rows and the summary come over the socket; who is stuck, and for how long, is counted here.
 */

import { startBoard } from "./classroom/board.js";

const board = document.getElementById("board");
if (board) startBoard(board);
