import type { RcloneClient, SupervisedRclone } from '@holdfast/rclone'

/**
 * A client that always speaks to the rclone that runs now: what is opened over it stays good when rclone is started
 * again. A call under way when rclone dies rejects with RCLONE_DIED.
 */
export function createLastingClient(rclone: SupervisedRclone): RcloneClient {
  return {
    call: async (method, parameters, schema, options) =>
      (await rclone.running()).client.call(method, parameters, schema, options),
    callRaw: async (method, parameters, options) =>
      (await rclone.running()).client.callRaw(method, parameters, options),
    read: async (fs, path, range, options) => (await rclone.running()).client.read(fs, path, range, options),
    [Symbol.dispose]: () => undefined,
  }
}
