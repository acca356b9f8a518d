import { createCipheriv } from 'node:crypto'

/** rclone's published key: obscuring keeps a password from being read over a shoulder, nothing more. */
const KEY = Buffer.from('9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638', 'hex')

/** A password as rclone wants it in its configuration. `random16` is 16 random bytes. */
export function obscure(password: string, random16: Uint8Array): string {
  const cipher = createCipheriv('aes-256-ctr', KEY, random16)
  return Buffer.concat([random16, cipher.update(password, 'utf8'), cipher.final()]).toString('base64url')
}
