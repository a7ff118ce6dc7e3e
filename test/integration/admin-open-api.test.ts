import { expect, it } from 'vitest'
import { anAdmin } from '../support/an-admin.ts'
import { CLEARANCE_ID } from '../support/some-clearances.ts'

type Parameter = { readonly name: string; readonly in: string; readonly required?: boolean }
type Operation = {
  readonly operationId: string
  readonly description: string
  readonly 'x-stillwatch-role': string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': { readonly schema: { readonly type?: string } }
    }
  }
}
type Document = {
  readonly openapi: string
  readonly info: { readonly version: string }
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
}

const call = anAdmin()

const document = async (): Promise<Document> =>
  (await (await call('GET', '/api/v1/openapi.json')).json()) as Document

const operations = async () =>
  Object.entries((await document()).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )

const IDS: { readonly [folder: string]: string } = {
  decisions: 'id-1',
  accounts: 'acct_1',
  campaigns: 'c-20261112-7f3a',
  clearances: CLEARANCE_ID,
  overrides: CLEARANCE_ID,
  switches: 'r-1',
}
const real = (path: string): string =>
  path.replace(/\/(\w+)\/\{id\}/, (_, folder: string) => `/${folder}/${IDS[folder] ?? 'no id'}`)

const send = async (method: string, path: string, body?: string) => {
  const answer = await call(method, path, {
    headers: { 'if-match': '"1"', 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: body ?? '{}' }),
  })
  const text = await answer.text()
  return { status: answer.status, text }
}

it('documents every resource that the list at / names, with its role, and no other', async () => {
  const { endpoints } = (await (await call('GET', '/')).json()) as {
    endpoints: readonly { method: string; path: string; role?: string; says: string }[]
  }
  const listed = endpoints.filter(({ role }) => role !== undefined)
  const documented = (await operations()).map(({ method, path, operation }) => ({
    method,
    path,
    role: operation['x-stillwatch-role'],
    says: operation.description,
  }))
  const order = (one: { method: string; path: string }, other: { method: string; path: string }) =>
    `${one.path} ${one.method}` < `${other.path} ${other.method}` ? -1 : 1
  expect(documented.toSorted(order)).toEqual(listed.toSorted(order))
})

it('is a document of version 3.1 with one name an operation', async () => {
  const { openapi, info } = await document()
  expect([openapi, info.version]).toEqual(['3.1.1', '1.2.3'])
  const names = (await operations()).map(({ operation }) => operation.operationId)
  expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toEqual([])
  expect(new Set(names).size).toBe(names.length)
})

it('documents only what answers', async () => {
  for (const { method, path } of await operations()) {
    const { status, text } = await send(method, real(path))
    const isThere = status !== 405 && !(status === 404 && text.includes('no such resource'))
    expect([method, path, isThere || text]).toEqual([method, path, true])
  }
})

it('documents a query exactly where one is read, and every name of it', async () => {
  for (const { method, path, operation } of await operations()) {
    if (method !== 'GET') continue
    const names = (operation.parameters ?? []).filter(({ in: at }) => at === 'query')
    const { status } = await send(method, `${real(path)}?unheard-of=1`)
    expect([path, status === 400]).toEqual([path, names.length > 0])
    for (const { name } of names) {
      const { text } = await send(method, `${real(path)}?${name}=%00`)
      expect([path, name, text.includes('nrecognized key'), text.includes('not the name')]).toEqual(
        [path, name, false, false],
      )
    }
  }
})

it('documents a body exactly where one is read', async () => {
  for (const { method, path, operation } of await operations()) {
    if (method === 'GET') continue
    const { status } = await send(method, real(path), '{"unheard-of":1}')
    expect([method, path, status === 400]).toEqual([
      method,
      path,
      operation.requestBody !== undefined,
    ])
    expect(operation.requestBody?.content['application/json'].schema).toBeTypeOf('object')
  }
})

it('says which writes need If-Match', async () => {
  for (const { method, path, operation } of await operations()) {
    if (method === 'GET') continue
    const wanted = operation.parameters?.some(({ name }) => name === 'if-match') === true
    const body =
      path.endsWith('{id}') && method === 'PUT' ? '{"mode":"off","why":"x"}' : '{"why":"x"}'
    const answer = await call(method, real(path), {
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect([method, path, answer.status === 428]).toEqual([method, path, wanted])
  }
})
