import type { RouteGroup } from './router.ts'
import {
  BATCH_READ,
  BATCH_WRITE,
  EMBED,
  FILE,
  FILE_WRITE,
  GENERATE,
  GENERATE_LATER_UPLOAD,
  GENERATE_UPLOAD,
  READ,
  REMOVE,
  SUBMIT,
  UPLOAD,
  WRITE,
} from './treatments.ts'

/**
 * Models, generation, files and jobs of OpenAI's API, after the methods of its official SDK. Stateful
 * resources (assistants, agents, conversations and the like) stand in `openai-stateful-routes.ts`.
 *
 * Not served, so that an unknown-route setting decides over them: `/v1/realtime/…`, `/v1/live/…` and
 * `/v1/chatkit/sessions…`, which open or hand out keys for channels past the guard; `/v1/organization/…` and
 * `/v1/projects/…`, which administer the provider's account with keys of their own.
 */
export const OPENAI_ROUTES: readonly RouteGroup[] = [
  {
    treatment: GENERATE,
    routes: {
      'POST /v1/chat/completions': 'chat.completions.create',
      'POST /v1/responses': 'responses.create',
      'POST /v1/responses/compact': 'responses.compact',
      'POST /v1/completions': 'completions.create',
      'POST /v1/images/generations': 'images.generate',
      'POST /v1/audio/speech': 'audio.speech.create',
      'POST /v1/decisions': 'decisions.create',
      'POST /v1/fine_tuning/alpha/graders/run': 'fine_tuning.alpha.graders.run',
    },
  },
  {
    treatment: GENERATE_UPLOAD,
    routes: {
      'POST /v1/images/edits': 'images.edit',
      'POST /v1/images/variations': 'images.create_variation',
      'POST /v1/audio/transcriptions': 'audio.transcriptions.create',
      'POST /v1/audio/translations': 'audio.translations.create',
    },
  },
  {
    treatment: GENERATE_LATER_UPLOAD,
    routes: {
      'POST /v1/videos': 'videos.create',
      'POST /v1/videos/edits': 'videos.edit',
      'POST /v1/videos/extensions': 'videos.extend',
      'POST /v1/videos/{id}/remix': 'videos.remix',
    },
  },
  { treatment: EMBED, routes: { 'POST /v1/embeddings': 'embeddings.create' } },
  {
    treatment: SUBMIT,
    routes: {
      'POST /v1/batches': 'batches.create',
      'POST /v1/fine_tuning/jobs': 'fine_tuning.jobs.create',
      'POST /v1/evals/{id}/runs': 'evals.runs.create',
    },
  },
  {
    treatment: BATCH_READ,
    routes: {
      'GET /v1/batches': 'batches.list',
      'GET /v1/batches/{id}': 'batches.retrieve',
      'GET /v1/fine_tuning/jobs': 'fine_tuning.jobs.list',
      'GET /v1/fine_tuning/jobs/{id}': 'fine_tuning.jobs.retrieve',
      'GET /v1/fine_tuning/jobs/{id}/checkpoints': 'fine_tuning.jobs.checkpoints.list',
      'GET /v1/fine_tuning/jobs/{id}/events': 'fine_tuning.jobs.list_events',
      'GET /v1/evals/{id}/runs': 'evals.runs.list',
      'GET /v1/evals/{id}/runs/{run}': 'evals.runs.retrieve',
      'GET /v1/evals/{id}/runs/{run}/output_items': 'evals.runs.output_items.list',
      'GET /v1/evals/{id}/runs/{run}/output_items/{item}': 'evals.runs.output_items.retrieve',
      'DELETE /v1/evals/{id}/runs/{run}': 'evals.runs.delete',
    },
  },
  {
    treatment: BATCH_WRITE,
    routes: {
      'POST /v1/batches/{id}/cancel': 'batches.cancel',
      'POST /v1/fine_tuning/jobs/{id}/cancel': 'fine_tuning.jobs.cancel',
      'POST /v1/fine_tuning/jobs/{id}/pause': 'fine_tuning.jobs.pause',
      'POST /v1/fine_tuning/jobs/{id}/resume': 'fine_tuning.jobs.resume',
      'POST /v1/evals/{id}/runs/{run}/cancel': 'evals.runs.cancel',
    },
  },
  {
    treatment: READ,
    routes: {
      'GET /v1/models': 'models.list',
      'GET /v1/models/{id}': 'models.retrieve',
      'GET /v1/chat/completions': 'chat.completions.list',
      'GET /v1/chat/completions/{id}': 'chat.completions.retrieve',
      'GET /v1/chat/completions/{id}/messages': 'chat.completions.messages.list',
      'GET /v1/responses/{id}': 'responses.retrieve',
      'GET /v1/responses/{id}/input_items': 'responses.input_items.list',
      'GET /v1/videos': 'videos.list',
      'GET /v1/videos/{id}': 'videos.retrieve',
      'GET /v1/videos/{id}/content': 'videos.download_content',
      'GET /v1/videos/characters/{id}': 'videos.get_character',
      'GET /v1/audio/voice_consents': 'audio.voice_consents.list',
      'GET /v1/audio/voice_consents/{id}': 'audio.voice_consents.retrieve',
      'GET /v1/evals': 'evals.list',
      'GET /v1/evals/{id}': 'evals.retrieve',
      'GET /v1/fine_tuning/checkpoints/{id}/permissions':
        'fine_tuning.checkpoints.permissions.list',
    },
  },
  {
    treatment: WRITE,
    routes: {
      'POST /v1/moderations': 'moderations.create',
      'POST /v1/responses/input_tokens': 'responses.input_tokens.count',
      'POST /v1/responses/{id}/cancel': 'responses.cancel',
      'POST /v1/chat/completions/{id}': 'chat.completions.update',
      'POST /v1/audio/voice_consents/{id}': 'audio.voice_consents.update',
      'POST /v1/evals': 'evals.create',
      'POST /v1/evals/{id}': 'evals.update',
      'POST /v1/fine_tuning/alpha/graders/validate': 'fine_tuning.alpha.graders.validate',
      'POST /v1/fine_tuning/checkpoints/{id}/permissions':
        'fine_tuning.checkpoints.permissions.create',
    },
  },
  {
    treatment: REMOVE,
    routes: {
      'DELETE /v1/models/{id}': 'models.delete',
      'DELETE /v1/chat/completions/{id}': 'chat.completions.delete',
      'DELETE /v1/responses/{id}': 'responses.delete',
      'DELETE /v1/videos/{id}': 'videos.delete',
      'DELETE /v1/audio/voice_consents/{id}': 'audio.voice_consents.delete',
      'DELETE /v1/audio/voices/{id}': 'audio.voices.delete',
      'DELETE /v1/evals/{id}': 'evals.delete',
      'DELETE /v1/fine_tuning/checkpoints/{id}/permissions/{permission}':
        'fine_tuning.checkpoints.permissions.delete',
    },
  },
  {
    treatment: FILE,
    routes: {
      'GET /v1/files': 'files.list',
      'GET /v1/files/{id}': 'files.retrieve',
      'GET /v1/files/{id}/content': 'files.content',
      'DELETE /v1/files/{id}': 'files.delete',
    },
  },
  {
    treatment: FILE_WRITE,
    routes: {
      'POST /v1/uploads': 'uploads.create',
      'POST /v1/uploads/{id}/cancel': 'uploads.cancel',
      'POST /v1/uploads/{id}/complete': 'uploads.complete',
    },
  },
  {
    treatment: UPLOAD,
    routes: {
      'POST /v1/files': 'files.create',
      'POST /v1/uploads/{id}/parts': 'uploads.parts.create',
      'POST /v1/content_provenance_checks': 'content_provenance_checks.create',
      'POST /v1/audio/voice_consents': 'audio.voice_consents.create',
      'POST /v1/audio/voices': 'audio.voices.create',
      'POST /v1/videos/characters': 'videos.create_character',
    },
  },
]
