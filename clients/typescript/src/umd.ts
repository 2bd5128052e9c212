// What does a page get that loads the file with a script tag?

export { Omnibus } from "./omnibus.js";
