import { z } from 'zod'
import type { AdminResource } from './resource.ts'

/** JSON as documents have it. */
type Json = { readonly [key: string]: unknown }

const PROBLEM: Json = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', description: 'urn:stillwatch:problem: and a code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
}

const REFUSED: Json = {
  description: 'Why it was refused, or could not be done',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** What a caller may send, not what comes of reading it. */
const schemaOf = (schema: z.ZodType): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const queryParameters = (schema: z.ZodType | undefined): readonly Json[] => {
  if (schema === undefined) return []
  const { properties, required } = schemaOf(schema)
  const needed: readonly unknown[] = Array.isArray(required) ? required : []
  return Object.entries(isRecord(properties) ? properties : {}).map(([name, one]) => ({
    name,
    in: 'query',
    required: needed.includes(name),
    schema: one,
  }))
}

const pathParameters = (path: string): readonly Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))

const operationOf = (resource: AdminResource): Json => {
  const { method, path, role, says, query, body, needsIfMatch } = resource
  const parameters = [
    ...pathParameters(path),
    ...queryParameters(query),
    ...(needsIfMatch === true
      ? [{ name: 'if-match', in: 'header', required: true, schema: { type: 'string' } }]
      : []),
  ]
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[/:.-]+(\w)/g, (_, char: string) => char.toUpperCase())}`,
    description: says,
    'x-stillwatch-role': role,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: schemaOf(body) } },
      },
    }),
    responses: {
      200: { description: 'As the description says', content: { 'application/json': {} } },
      default: REFUSED,
    },
  }
}

/**
 * The OpenAPI 3.1 document of the API, made of the list of its resources and of the schemas by which they
 * read what they are sent.
 */
export const openApiDocument = (options: {
  readonly version: string
  readonly prefix: string
  readonly resources: readonly AdminResource[]
}): Json => {
  const { version, prefix, resources } = options
  const paths: { [path: string]: { [method: string]: Json } } = {}
  for (const resource of resources) {
    const path = prefix + resource.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [resource.method.toLowerCase()]: operationOf(resource) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Stillwatch admin API', version },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: PROBLEM },
    },
  }
}

/** The list of resources with one more, which is the document of them all. */
export const withOpenApi = (options: {
  readonly version: string
  readonly prefix: string
  readonly resources: readonly AdminResource[]
}): readonly AdminResource[] => {
  let made: Json | undefined
  const resource: AdminResource = {
    method: 'GET',
    path: '/openapi.json',
    role: 'viewer',
    says: 'this API as an OpenAPI 3.1 document',
    handle: (c) => c.json((made ??= openApiDocument({ ...options, resources: all }))),
  }
  const all = [...options.resources, resource]
  return all
}
