import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Code of the page for customers. `base` is where they reach the guard, without a slash at the end. */
export type CustomerExamples = {
  readonly openai: string
  readonly anthropic: string
  readonly google: string
  readonly typescript: string
  readonly typescriptLoad: string
  readonly onChallenge: string
  readonly python: string
  readonly pythonLoad: string
  readonly pythonUse: string
  readonly curl: string
  readonly answer: string
}

/** Examples for a guard that is reached there. The Python code is the file that is served, byte for byte. */
export const customerExamples = (base: string): CustomerExamples => ({
  openai: `{ "error": {
    "message": "… Request id: …. Open: https://…",
    "type": "request_forbidden", "param": null,
    "code": "challenge_required",
    "challenge": {
      "id": "…",
      "kind": "proof_of_work",
      "url": "${base}/.stillwatch/challenges/…",
      "expires_at": "2030-01-01T12:10:00.000Z",
      "puzzle": { "parameters": { … }, "signature": "…" } } } }`,
  anthropic: `{ "type": "error", "request_id": "…", "error": {
    "type": "permission_error", "message": "…",
    "code": "challenge_required",
    "challenge": { "id": "…", "kind": "…", "url": "…", … } } }`,
  google: `{ "error": {
    "code": 403, "message": "…", "status": "PERMISSION_DENIED",
    "details": [ { "@type": "type.googleapis.com/google.rpc.ErrorInfo", … },
      { "@type": "stillwatch.Challenge",
        "id": "…", "kind": "…", "url": "…", … } ] } }`,
  typescriptLoad: `curl -O ${base}/.stillwatch/stillwatch-client.js
curl -O ${base}/.stillwatch/stillwatch-client.d.ts`,
  typescript: `import { withChallenges } from './stillwatch-client.js'

new OpenAI({ baseURL: '${base}/v1', fetch: withChallenges() })

new Anthropic({ baseURL: '${base}', fetch: withChallenges() })

new GoogleGenAI({ apiKey, httpOptions: { baseUrl: '${base}', fetch: withChallenges() } })

// For whatever takes no fetch of its own:
globalThis.fetch = withChallenges()`,
  onChallenge: `withChallenges(fetch, { onChallenge: (challenge, why) => mail(challenge.url) })`,
  pythonLoad: `curl -O ${base}/.stillwatch/stillwatch_client.py`,
  python: readFileSync(join(import.meta.dirname, 'stillwatch_client.py'), 'utf8'),
  pythonUse: `from stillwatch_client import solve

try:
    answer = client.chat.completions.create(...)
except openai.PermissionDeniedError as refusal:
    solve(refusal.body, client.base_url)
    answer = client.chat.completions.create(...)

try:
    message = client.messages.create(...)
except anthropic.PermissionDeniedError as refusal:
    solve(refusal.body, client.base_url)
    message = client.messages.create(...)

try:
    response = client.models.generate_content(...)
except google.genai.errors.ClientError as refusal:
    solve(refusal.details, "${base}")
    response = client.models.generate_content(...)`,
  curl: `curl -s ${base}/v1/chat/completions -H "authorization: Bearer $KEY" \\
  -H 'content-type: application/json' -d @call.json > refusal.json

python3 -c 'import json, stillwatch_client
print(stillwatch_client.solve(json.load(open("refusal.json")), "${base}"))'`,
  answer: `curl -s "$CHALLENGE_URL" -H 'content-type: application/json' -d '{
  "puzzle": { "parameters": { … }, "signature": "…" },
  "solution": { "counter": 4711, "derivedKey": "…" } }'

{"clearance":"…","kind":"proof_of_work","expires_at":"2030-01-01T13:10:00.000Z"}`,
})
