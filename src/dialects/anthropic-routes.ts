import type { RouteGroup } from './router.ts'
import {
  BATCH_READ,
  BATCH_WRITE,
  FILE,
  GENERATE,
  READ,
  REMOVE,
  SUBMIT,
  UPLOAD,
  WRITE,
} from './treatments.ts'

/**
 * Messages, models, files and skills of Anthropic's API, after the methods of its official SDK (its beta
 * methods take the same paths with `?beta=true`), and the legacy completions. Managed agents stand in
 * `anthropic-agent-routes.ts`.
 *
 * Not served, so that an unknown-route setting decides over it: `/v1/organizations/…`, which administers
 * the provider's account with keys of its own.
 */
export const ANTHROPIC_ROUTES: readonly RouteGroup[] = [
  {
    treatment: GENERATE,
    routes: {
      'POST /v1/messages': 'messages.create',
      'POST /v1/complete': 'completions.create',
    },
  },
  { treatment: SUBMIT, routes: { 'POST /v1/messages/batches': 'messages.batches.create' } },
  {
    treatment: BATCH_READ,
    routes: {
      'GET /v1/messages/batches': 'messages.batches.list',
      'GET /v1/messages/batches/{id}': 'messages.batches.retrieve',
      'GET /v1/messages/batches/{id}/results': 'messages.batches.results',
      'DELETE /v1/messages/batches/{id}': 'messages.batches.delete',
    },
  },
  {
    treatment: BATCH_WRITE,
    routes: { 'POST /v1/messages/batches/{id}/cancel': 'messages.batches.cancel' },
  },
  {
    treatment: READ,
    routes: {
      'GET /v1/models': 'models.list',
      'GET /v1/models/{id}': 'models.retrieve',
      'GET /v1/skills': 'skills.list',
      'GET /v1/skills/{id}': 'skills.retrieve',
      'GET /v1/skills/{id}/versions': 'skills.versions.list',
      'GET /v1/skills/{id}/versions/{version}': 'skills.versions.retrieve',
      'GET /v1/skills/{id}/versions/{version}/content': 'skills.versions.download',
      'GET /v1/user_profiles': 'user_profiles.list',
      'GET /v1/user_profiles/{id}': 'user_profiles.retrieve',
    },
  },
  {
    treatment: WRITE,
    routes: {
      'POST /v1/messages/count_tokens': 'messages.count_tokens',
      'POST /v1/user_profiles': 'user_profiles.create',
      'POST /v1/user_profiles/{id}': 'user_profiles.update',
      'POST /v1/user_profiles/{id}/action_urls': 'user_profiles.action_urls.create',
      'POST /v1/user_profiles/{id}/enrollment_url': 'user_profiles.create_enrollment_url',
    },
  },
  {
    treatment: REMOVE,
    routes: {
      'DELETE /v1/skills/{id}': 'skills.delete',
      'DELETE /v1/skills/{id}/versions/{version}': 'skills.versions.delete',
      'DELETE /v1/user_profiles/{id}': 'user_profiles.delete',
    },
  },
  {
    treatment: FILE,
    routes: {
      'GET /v1/files': 'files.list',
      'GET /v1/files/{id}': 'files.retrieve_metadata',
      'GET /v1/files/{id}/content': 'files.download',
      'DELETE /v1/files/{id}': 'files.delete',
    },
  },
  {
    treatment: UPLOAD,
    routes: {
      'POST /v1/files': 'files.upload',
      'POST /v1/skills': 'skills.create',
      'POST /v1/skills/{id}/versions': 'skills.versions.create',
    },
  },
]
