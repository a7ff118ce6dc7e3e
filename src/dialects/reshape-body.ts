import type { Ask, Route } from '../core/call.ts'
import { wantedKeys, type Reshape } from '../core/reshape.ts'
import type { Dialect } from '../core/seams.ts'
import { asBuffer } from './as-buffer.ts'
import { editJson } from './json-edit.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { createReshapePlan, type ReshapePlan } from './reshape-plan.ts'

/** Plans the changes of one route; `false` where the route has none of the fields. */
export type Planner = (
  route: Route,
  body: JsonObject,
  reshape: Reshape,
  plan: ReshapePlan,
) => boolean

const makesText = ({ metering }: Route): boolean => metering === 'generate' || metering === 'submit'

/**
 * The seam `Dialect.reshape` over a table of fields. What goes on is asked about anew, so that the ask
 * is that of the changed bytes; a body that cannot be changed goes on as it came, all of it unsupported.
 */
export const reshapeBody =
  (
    planned: Planner,
    askOf: (route: Route, json: unknown, bodyBytes: number) => Ask,
  ): Dialect['reshape'] =>
  (route, ask, body, reshape) => {
    if (!makesText(route)) return undefined
    const unchanged = { body, ask, changed: [], unsupported: wantedKeys(reshape) }
    if (route.body !== 'json' || body === undefined || body.length === 0) return unchanged
    try {
      const bytes = asBuffer(body)
      const json: unknown = JSON.parse(bytes.toString())
      const plan = createReshapePlan()
      if (!isJsonObject(json) || !planned(route, json, reshape, plan)) return unchanged
      const { changed, unsupported } = plan
      if (changed.length === 0) return { body, ask, changed, unsupported }
      const edited = editJson(bytes, plan.edits)
      const after: unknown = JSON.parse(edited.toString())
      return { body: edited, ask: askOf(route, after, edited.length), changed, unsupported }
    } catch {
      return unchanged
    }
  }
