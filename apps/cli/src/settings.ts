/** What comes from outside besides the arguments: read once by main.ts. */
export type Settings = {
  /** The folder of all local state. */
  readonly home: string
  readonly userHome: string
  /**
   * The user's environment as it is: where it puts things (`XDG_CONFIG_HOME`), and what it says of the key of Holdfast's
   * own configuration (`configKeySettings`).
   */
  readonly userVariables: Readonly<Record<string, string | undefined>>
  /** Where programs are looked for. */
  readonly path: string
  readonly cwd: Uint8Array
  /** The agent of another machine to speak to, by its address: --agent, else HOLDFAST_AGENT. */
  readonly agent: string | undefined
  readonly passphrase: string | undefined
  /** What `vault passphrase` changes it to. */
  readonly newPassphrase: string | undefined
  /** Opens the user's own rclone config when it is encrypted. */
  readonly rcloneConfigPassword: string | undefined
  /** What `config rotate` seals a configuration with from then on. */
  readonly newConfigPassword: string | undefined
  /** Where rclone itself looks for its config, in its order. */
  readonly defaultRcloneConfigs: readonly string[]
  readonly isRoot: boolean
  readonly colours: boolean
  /** Aborts when the user cancels. */
  readonly signal: AbortSignal
}
