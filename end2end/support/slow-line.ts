// A line to a Slipway that stops in the middle of each page until it is told to go on. It carries what is read, not what is sent.

import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SlowLine {
  address: string;
  goOn: () => void;
  end: () => void;
}

/** It stops behind `mark`. */
export async function slowLine(to: string, mark: string): Promise<SlowLine> {
  let goOn = () => {};
  const told = new Promise<void>((resolve) => (goOn = resolve));
  const server = createServer((request, response) => void carry(to, mark, told, request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const end = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `http://127.0.0.1:${port}`, goOn, end };
}

async function carry(to: string, mark: string, told: Promise<void>, request: IncomingMessage, response: ServerResponse) {
  const answer = await fetch(to + request.url!, { headers: { cookie: request.headers.cookie ?? "" } });
  const kind = answer.headers.get("content-type") ?? "";
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, { "content-type": kind });
  const at = kind.startsWith("text/html") ? body.indexOf(mark) : -1;
  if (at >= 0) {
    response.write(body.subarray(0, at + mark.length));
    await told;
  }
  response.end(body.subarray(at >= 0 ? at + mark.length : 0));
}
