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

/**
 * As JSON Schema has it: OpenAPI 3.0 says `nullable` where that has a type of its own. The stage answers with the part that Slipway
 * reads, so a field may be left out; one that is there must be as described.
 */
function asSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asSchema);
  if (node === null || typeof node !== "object") return node;
  const entries = Object.entries(node).filter(([key, value]) => !(key === "required" && Array.isArray(value)));
  // Without its required fields more than one of several kinds may fit.
  const named = entries.map(([key, value]) => [key === "oneOf" ? "anyOf" : key, asSchema(value)]);
  const { nullable, ...rest } = Object.fromEntries(named) as Record<string, unknown>;
  if (nullable !== true) return nullable === undefined ? rest : { ...rest, nullable };
  return { anyOf: [rest, { type: "null" }] };
}

const REPOSITORY = "/repos/{owner}/{repo}";
const PULL = `${REPOSITORY}/pulls/{pull_number}`;

/** All that Slipway asks of the API. */
export const ROUTES = {
  me: "GET /user",
  organisations: "GET /user/orgs",
  repositories: "GET /user/repos",
  installations: "GET /user/installations",
  installed: "GET /user/installations/{installation_id}/repositories",
  repository: `GET ${REPOSITORY}`,
  pulls: `GET ${REPOSITORY}/pulls`,
  openPull: `POST ${REPOSITORY}/pulls`,
  pull: `GET ${PULL}`,
  reviews: `GET ${PULL}/reviews`,
  comments: `GET ${PULL}/comments`,
  checkRuns: `GET ${REPOSITORY}/commits/{ref}/check-runs`,
  statuses: `GET ${REPOSITORY}/commits/{ref}/status`,
  checkRun: `GET ${REPOSITORY}/check-runs/{check_run_id}`,
  annotations: `GET ${REPOSITORY}/check-runs/{check_run_id}/annotations`,
} as const;

type Node = Record<string, unknown>;

export class Description {
  private readonly ajv: Ajv;

  private constructor(private readonly document: Node) {
    this.ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    this.ajv.addSchema({ ...document, $id: "github" });
  }

  static read(): Description {
    return new Description(asSchema(description()) as Node);
  }

  /** What is wrong with an answer, by this method and path of the description. */
  mistakes(route: string, status: number, body: unknown): string[] {
    const [method, path] = route.split(" ") as [string, string];
    const place = this.place(["paths", path, method.toLowerCase(), "responses", String(status), "content", "application/json", "schema"]);
    const check: ValidateFunction = this.ajv.compile({ $ref: `github#${encodeURI(place)}` });
    check(body);
    return (check.errors ?? []).map((error) => `${route}${error.instancePath}: ${error.message}`);
  }

  /** What the description calls the path that was asked for. */
  pathOf(asked: string): string | undefined {
    const paths = Object.keys(this.document["paths"] as Node);
    const fits = (path: string) => new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`).test(asked);
    // One without a variable is meant before one with.
    return paths.filter(fits).sort((one, other) => one.split("{").length - other.split("{").length)[0];
  }

  /** Where these steps lead, through the references on the way. */
  private place(steps: string[]): string {
    let [node, place]: [Node, string] = [this.document, ""];
    for (const step of steps) {
      node = node[step] as Node;
      if (node === undefined) throw new Error(`${steps.join(" > ")} is not described`);
      place += `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (typeof node["$ref"] === "string" && step !== "schema") {
        place = node["$ref"].slice(1);
        node = place.split("/").slice(1).reduce<Node>((at, name) => at[name] as Node, this.document);
      }
    }
    return place;
  }
}
