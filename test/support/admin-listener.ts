import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createAdmin } from '../../src/http/admin.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import { adminParts } from './an-admin.ts'

/** An admin of these parts on a port of its own, for what asks over the network. */
export const startAdminListener = async (
  changes: Partial<AdminParts> = {},
): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const { fetch } = createAdmin(adminParts(changes))
  // The adaptor's server is a plain HTTP one unless it is told otherwise.
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP listener's address is an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
