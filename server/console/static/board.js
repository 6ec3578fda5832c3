// The duty board: what is new is drawn within a second; the worst of it is heard.
import { watch } from "./alarm.js";
import { tick } from "./frame.js";
import { live } from "./live.js";

const board = document.getElementById("board");
const alarm = watch(board);

live(board, {
  drawn() {
    tick();
    alarm();
  },
});
