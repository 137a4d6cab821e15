// GitHub's own description of its API, to hold the stage's answers against.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { Ajv, type ValidateFunction } from "ajv";

/** As GitHub publishes it. The package holds a dozen variants; only this file of it is unpacked. */
const PACKAGE = "@octokit/openapi@23.0.2";
const FILE = "package/generated/api.github.com.json";

const folder = resolve(import.meta.dirname, "../../target/openapi");

function description(): object {
  const path = join(folder, FILE);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const packed = execFileSync("npm", ["pack", "--silent", PACKAGE], { cwd: folder, encoding: "utf8" }).trim();
    execFileSync("tar", ["-xzf", packed, FILE], { cwd: folder });
  }
  return JSON.parse(readFileSync(path, "utf8")) as object;
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own. */
function withNulls(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNulls);
  if (node === null || typeof node !== "object") return node;
  const { nullable, ...rest } = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withNulls(value)]));
  if (nullable !== true) return nullable === undefined ? rest : { ...rest, nullable };
  return { anyOf: [rest, { type: "null" }] };
}

export class Description {
  private readonly ajv: Ajv;

  private constructor(document: object) {
    this.ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    this.ajv.addSchema({ ...document, $id: "github" });
  }

  static read(): Description {
    return new Description(withNulls(description()) as object);
  }

  /** What is wrong with an answer of GET, by this path of the description. */
  mistakes(path: string, status: number, body: unknown): string[] {
    const part = path.replaceAll("~", "~0").replaceAll("/", "~1");
    const place = `paths/${part}/get/responses/${status}/content/application~1json/schema`;
    const check: ValidateFunction = this.ajv.compile({ $ref: `github#/${encodeURI(place)}` });
    check(body);
    return (check.errors ?? []).map((error) => `${path}${error.instancePath}: ${error.message}`);
  }
}
