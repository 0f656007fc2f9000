/**
 * What a command may touch of its process: streams, environment, signals. Handed in, so that tests run commands in
 * process. Nothing else in this folder reads the environment or listens to signals.
 */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether a person reads the output; else no colour, no redrawn line. */
  readonly isTerminal: boolean;
  readonly isErrorTerminal: boolean;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  /** Width of the terminal. */
  readonly columns: number;
  readonly stdin: NodeJS.ReadableStream;
  /** Results. */
  out(text: string): void;
  /** Progress, hints, errors. */
  err(text: string): void;
  /** Called for each SIGINT, SIGTERM or SIGHUP until the answer is called. Without a handler they end the process. */
  onSignal(handler: (signal: NodeJS.Signals) => void): () => void;
  /** Ends the process at once. */
  abort(code: number): never;
  /** To the `stator dev` that started this process; false where none did. */
  tellParent(message: object): boolean;
  onParentMessage(handler: (message: object) => void): void;
  /** The parent is gone. */
  onOrphaned(handler: () => void): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** One Ctrl-C may arrive twice, from the terminal and from npm: that is no second one. */
const SAME_PRESS_MS = 250;

export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  return {
    env,
    cwd: process.cwd(),
    isTerminal: stdout.isTTY === true,
    isErrorTerminal: stderr.isTTY === true,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    columns: stdout.columns || 80, // 0 on a terminal without a size
    stdin,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    onSignal: (handler) => {
      let lastAt = Number.NEGATIVE_INFINITY;
      const once = (signal: NodeJS.Signals): void => {
        if (performance.now() - lastAt < SAME_PRESS_MS) return;
        lastAt = performance.now();
        handler(signal);
      };
      for (const signal of SIGNALS) process.on(signal, once);
      return () => {
        for (const signal of SIGNALS) process.off(signal, once);
      };
    },
    abort: (code) => process.exit(code),
    tellParent: (message) => {
      if (process.send === undefined || !process.connected) return false;
      process.send(message);
      return true;
    },
    onParentMessage: (handler) => void process.on("message", handler),
    onOrphaned: (handler) => void process.once("disconnect", handler),
  };
}

/** Resolves at the first signal; the second ends the process at once. */
export function untilSignal(io: Io): Promise<NodeJS.Signals> {
  let count = 0;
  return new Promise((resolve) => {
    io.onSignal((signal) => {
      count++;
      if (count === 1) resolve(signal);
      else io.abort(130);
    });
  });
}
