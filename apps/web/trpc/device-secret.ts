import { del, get, set } from 'idb-keyval'

const KEY = 'holdfast-device-secret'

/** The secret that this device got when it was paired; undefined before. */
export async function readDeviceSecret(): Promise<string | undefined> {
  const secret: unknown = await get(KEY)
  return typeof secret === 'string' ? secret : undefined
}

/** Keeps the secret on this device, in place of an earlier one. */
export async function keepDeviceSecret(secret: string): Promise<void> {
  await set(KEY, secret)
}

/** Forgets the secret: this device is no longer paired. */
export async function forgetDeviceSecret(): Promise<void> {
  await del(KEY)
}
