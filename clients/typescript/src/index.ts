// What does the package offer?

export { Omnibus, Omnibus as default } from "./omnibus.js";
export { Channel } from "./channel.js";
export { EventBus, OmnibusEvent, type Handler } from "./event_bus.js";
export { Messages, type Message, WAITING_MESSAGES_MAX } from "./messages.js";
export { OmnibusError } from "./errors.js";
export type { CloseInfo } from "./pause.js";
export type { OmnibusOptions, Token } from "./options.js";
export type { Socket, Transport } from "./transport.js";
