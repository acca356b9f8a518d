/**
 * One file or link of a program to be packed. `name` is its path in the archive, plain ASCII, without a leading slash;
 * `path` where it lies on this machine.
 */
export type ProgramEntry = { readonly name: string } & (
  | { readonly kind: 'file'; readonly path: Uint8Array; readonly executable: boolean }
  /** Small, and made for the archive. */
  | { readonly kind: 'text'; readonly text: string; readonly executable: boolean }
  | { readonly kind: 'link'; readonly target: string }
)

/** The folder that everything lies in when the archive is unpacked by hand. */
export const PROGRAM_FOLDER = 'holdfast'
