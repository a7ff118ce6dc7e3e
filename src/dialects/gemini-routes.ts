import type { RouteGroup, Treatment } from './router.ts'
import {
  BATCH_READ,
  BATCH_WRITE,
  EMBED,
  FILE,
  FILE_WRITE,
  GENERATE,
  GENERATE_LATER,
  READ,
  REMOVE,
  SUBMIT,
  UPLOAD,
  WRITE,
} from './treatments.ts'

const STREAM: Treatment = { ...GENERATE, stream: true }

/** Versions of the API under which the same resources stand. */
const VERSIONS = ['v1beta', 'v1', 'v1alpha'] as const

/** What models do, base and tuned ones alike. Models are the only resources that generate. */
const modelRoutes = (version: string, collection: 'models' | 'tunedModels'): RouteGroup[] => {
  const model = `/${version}/${collection}/{model}`
  return [
    {
      treatment: GENERATE,
      routes: {
        [`POST ${model}:generateContent`]: 'models.generateContent',
        [`POST ${model}:predict`]: 'models.predict',
        [`POST ${model}:generateAnswer`]: 'models.generateAnswer',
      },
    },
    {
      treatment: STREAM,
      routes: { [`POST ${model}:streamGenerateContent`]: 'models.streamGenerateContent' },
    },
    {
      treatment: GENERATE_LATER,
      routes: { [`POST ${model}:predictLongRunning`]: 'models.predictLongRunning' },
    },
    {
      treatment: EMBED,
      routes: {
        [`POST ${model}:embedContent`]: 'models.embedContent',
        [`POST ${model}:batchEmbedContents`]: 'models.batchEmbedContents',
      },
    },
    {
      treatment: SUBMIT,
      routes: {
        [`POST ${model}:batchGenerateContent`]: 'models.batchGenerateContent',
        [`POST ${model}:asyncBatchEmbedContent`]: 'models.asyncBatchEmbedContent',
      },
    },
    {
      treatment: READ,
      routes: {
        [`GET /${version}/${collection}`]: `${collection}.list`,
        [`GET ${model}`]: `${collection}.get`,
        [`GET ${model}/operations`]: `${collection}.operations.list`,
        [`GET ${model}/operations/{operation}`]: `${collection}.operations.get`,
      },
    },
    {
      treatment: WRITE,
      routes: {
        [`POST ${model}:countTokens`]: 'models.countTokens',
        [`PATCH ${model}`]: `${collection}.patch`,
      },
    },
    { treatment: REMOVE, routes: { [`DELETE ${model}`]: `${collection}.delete` } },
  ]
}

/** Collections that are made, listed, read, changed and deleted in the same five ways. */
const resourceRoutes = (version: string, collection: string, name: string): RouteGroup[] => {
  const path = `/${version}/${collection}`
  return [
    {
      treatment: READ,
      routes: { [`GET ${path}`]: `${name}.list`, [`GET ${path}/{id}`]: `${name}.get` },
    },
    {
      treatment: WRITE,
      routes: { [`POST ${path}`]: `${name}.create`, [`PATCH ${path}/{id}`]: `${name}.patch` },
    },
    { treatment: REMOVE, routes: { [`DELETE ${path}/{id}`]: `${name}.delete` } },
  ]
}

const otherRoutes = (version: string): RouteGroup[] => [
  {
    treatment: GENERATE,
    routes: { [`POST /${version}/interactions`]: 'interactions.create' },
  },
  {
    treatment: GENERATE_LATER,
    routes: { [`POST /${version}/triggers/{id}/executions`]: 'triggers.run' },
  },
  { treatment: SUBMIT, routes: { [`POST /${version}/tunedModels`]: 'tunedModels.create' } },
  {
    treatment: BATCH_READ,
    routes: {
      [`GET /${version}/batches`]: 'batches.list',
      [`GET /${version}/batches/{id}`]: 'batches.get',
      [`DELETE /${version}/batches/{id}`]: 'batches.delete',
    },
  },
  {
    treatment: BATCH_WRITE,
    routes: {
      [`POST /${version}/batches/{id}:cancel`]: 'batches.cancel',
      [`POST /${version}/tunedModels/{model}:cancel`]: 'tunedModels.cancel',
    },
  },
  {
    treatment: READ,
    routes: {
      [`GET /${version}/interactions/{id}`]: 'interactions.get',
      [`GET /${version}/triggers/{id}/executions`]: 'triggers.listExecutions',
      [`GET /${version}/fileSearchStores/{id}/operations/{operation}`]:
        'fileSearchStores.operations.get',
      [`GET /${version}/fileSearchStores/{id}/upload/operations/{operation}`]:
        'fileSearchStores.upload.operations.get',
    },
  },
  {
    treatment: WRITE,
    routes: {
      [`POST /${version}/interactions/{id}/cancel`]: 'interactions.cancel',
      [`POST /${version}/webhooks/{id}:ping`]: 'webhooks.ping',
      [`POST /${version}/webhooks/{id}:rotateSigningSecret`]: 'webhooks.rotateSigningSecret',
      [`POST /${version}/fileSearchStores/{id}:importFile`]: 'fileSearchStores.importFile',
    },
  },
  {
    treatment: REMOVE,
    routes: { [`DELETE /${version}/interactions/{id}`]: 'interactions.delete' },
  },
  {
    treatment: FILE,
    routes: {
      [`GET /${version}/files`]: 'files.list',
      [`GET /${version}/files/{id}`]: 'files.get',
      [`GET /${version}/files/{id}:download`]: 'files.download',
      [`DELETE /${version}/files/{id}`]: 'files.delete',
      [`GET /${version}/environments/{id}/files/{file}`]: 'environments.files.get',
    },
  },
  {
    treatment: FILE_WRITE,
    routes: {
      [`POST /${version}/files`]: 'files.create',
      [`POST /${version}/files:register`]: 'files.register',
    },
  },
  {
    treatment: UPLOAD,
    routes: {
      [`POST /upload/${version}/files`]: 'files.upload',
      [`PUT /upload/${version}/files`]: 'files.upload_part',
      [`POST /upload/${version}/fileSearchStores/{id}:uploadToFileSearchStore`]:
        'fileSearchStores.upload',
      [`PUT /upload/${version}/fileSearchStores/{id}:uploadToFileSearchStore`]:
        'fileSearchStores.upload_part',
      [`PUT /upload/${version}/environments/{id}/files/{file}`]: 'environments.files.upload',
    },
  },
]

/** Collections served in the usual five ways. */
const RESOURCES = [
  'cachedContents',
  'fileSearchStores',
  'agents',
  'credentials',
  'environments',
  'triggers',
  'voices',
  'webhooks',
] as const

/**
 * The Gemini API (not Vertex AI) after the methods of its official SDK. Known limits: a resumable upload
 * goes on at an address the upstream chooses, past the guard if that names the provider's own host; a
 * file of an environment is served only where its path is one segment. Not served: `…/auth_tokens`,
 * which hands out keys for channels past the guard, and the WebSocket services below `/ws/`.
 */
export const GEMINI_ROUTES: readonly RouteGroup[] = VERSIONS.flatMap((version) => [
  ...modelRoutes(version, 'models'),
  ...modelRoutes(version, 'tunedModels'),
  ...otherRoutes(version),
  ...RESOURCES.flatMap((collection) => resourceRoutes(version, collection, collection)),
  ...resourceRoutes(version, 'fileSearchStores/{id}/documents', 'fileSearchStores.documents'),
])
