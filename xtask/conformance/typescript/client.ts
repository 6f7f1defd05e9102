// A typical client, with types from the document only: no `any`, no cast. It compiles only if the document describes the
// server, and passes only if the server does what the document says.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Project = components["schemas"]["Project"];
type Problem = components["schemas"]["Problem"];

function variable(name: string): string {
  const value = process.env[name];
  assert(value, `${name} is not set`);
  return value;
}

const client = createClient<paths>({
  baseUrl: variable("ORIGIN"),
  // The document has `explode: false`
  querySerializer: { array: { style: "form", explode: false } },
  headers: { Authorization: `Bearer ${variable("TOKEN")}` },
});

const created = await client.POST("/api/v1/projects", { body: { name: "Conformance" } });
assert.equal(created.response.status, 201);
assert(created.data);
const project: Project = created.data;
const name: string = project.name;
assert.equal(name, "Conformance");
assert.equal(project.isActive, true);
assert(created.response.headers.get("location")?.endsWith(`/api/v1/projects/${project.id}`));

const path = { id: project.id };
const read = await client.GET("/api/v1/projects/{id}", { params: { path } });
assert.deepEqual(read.data, project);

const listed = await client.GET("/api/v1/projects", { params: { query: { isActive: true, sort: ["-createdAt", "name"], size: 100 } } });
assert(listed.data);
const items: Project[] = listed.data.items;
assert(items.some((item) => item.id === project.id));
assert(items.every((item) => item.isActive));

const patched = await client.PATCH("/api/v1/projects/{id}", { params: { path }, body: { isActive: false, description: null } });
assert.equal(patched.data?.isActive, false);
assert.equal(patched.data?.name, "Conformance");
const inactive = await client.GET("/api/v1/projects", { params: { query: { isActive: true, size: 100 } } });
assert(inactive.data?.items.every((item) => item.id !== project.id));

const deleted = await client.DELETE("/api/v1/projects/{id}", { params: { path } });
assert.equal(deleted.response.status, 204);

const missing = await client.GET("/api/v1/projects/{id}", { params: { path } });
assert.equal(missing.response.status, 404);
assert.match(missing.response.headers.get("content-type") ?? "", /^application\/problem\+json/);
assert(missing.error);
const problem: Problem = missing.error;
assert.equal(problem.status, 404);
assert.match(problem.type, /^\/problems\//);
assert.ok(problem.requestId);

console.log("TypeScript client: created, read, listed, patched, deleted, and got a typed problem");
