// The way between browser and Slipway: a relay that can be cut, or fall silent, while its address stays the same.

import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { once } from "node:events";

export class Wire {
  private readonly sockets = new Set<Socket>();
  private target = 0;
  private state: "whole" | "cut" | "silent" = "whole";

  private constructor(private readonly server: Server) {}

  static async lay(): Promise<Wire> {
    const server = createServer({ noDelay: true });
    const wire = new Wire(server);
    server.on("connection", (browser) => wire.relay(browser));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return wire;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Where Slipway listens now. */
  leadTo(port: number): void {
    this.target = port;
  }

  /** Breaks every connection and refuses new ones. */
  cut(): void {
    this.state = "cut";
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Nothing goes through any more, and nobody is told: what a laptop that changes its network sees. */
  silence(): void {
    this.state = "silent";
    for (const socket of this.sockets) socket.pause();
  }

  /** As before. What was silent stays broken, as it would in life. */
  mend(): void {
    const wasSilent = this.state === "silent";
    this.state = "whole";
    if (wasSilent) for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async remove(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, "close");
  }

  private relay(browser: Socket): void {
    if (this.state === "cut") {
      browser.resetAndDestroy();
      return;
    }
    const slipway = connect({ port: this.target, host: "127.0.0.1", noDelay: true });
    for (const [socket, other] of [
      [browser, slipway],
      [slipway, browser],
    ] as const) {
      this.sockets.add(socket);
      socket.on("data", (bytes) => {
        if (this.state === "silent") return;
        if (!other.write(bytes)) {
          socket.pause();
          other.once("drain", () => socket.resume());
        }
      });
      socket.on("end", () => other.end());
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    if (this.state === "silent") browser.pause();
  }
}
