/** Writes the JSON Schemas that editors use: `npm run schemas`. A test compares them with the code. */
import { writeFileSync } from 'node:fs'
import { policyJsonSchema } from '../../src/policy/schema.ts'
import { settingsJsonSchema } from '../../src/settings-schema.ts'

const write = (name: string, schema: unknown): void =>
  writeFileSync(
    new URL(`../../config/${name}`, import.meta.url),
    `${JSON.stringify(schema, null, 2)}\n`,
  )

write('guard.schema.json', settingsJsonSchema())
write('policy.schema.json', policyJsonSchema())
