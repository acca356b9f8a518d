import { z } from 'zod'

/** No file system has NUL in a name, and what cuts a text off there would mean another folder. */
export const AbsolutePath = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^\/[^\0]*$/, 'An absolute path, please.')

/** Where a vault lies: a folder of this machine, or a folder on a remote that rclone knows by name. */
export const VaultPlace = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('folder'),
    path: AbsolutePath,
  }),
  z.object({
    kind: z.literal('remote'),
    remote: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_ .+@-]{0,63}$/, 'The name of a remote, without its colon.'),
    path: z
      .string()
      .max(4096)
      // With a leading slash it starts at the root of an SFTP server, without one in the home of its user.
      .regex(/^(?!\/\/)[^\0]*$/, 'A path on the remote.'),
  }),
])
export type VaultPlace = z.infer<typeof VaultPlace>
