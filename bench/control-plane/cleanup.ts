// Everything a bench starts ends with it: in order, on an error, on Ctrl-C.

type Close = () => Promise<void> | void;
const open = new Set<Close>();

/** Registers what has to be closed. Returns the close to call: it runs once, whoever calls it first. */
export function closing(close: Close): () => Promise<void> {
  let closed: Promise<void> | undefined;
  const once = () => {
    closed ??= (async () => {
      await close();
      open.delete(once);
    })();
    return closed;
  };
  open.add(once);
  return once;
}

/** Closes what is still open, newest first. One that fails does not keep the others open. */
export async function closeEverything(): Promise<void> {
  for (const close of [...open].reverse()) {
    try {
      await close();
    } catch (error) {
      process.stderr.write(`did not close well: ${String(error)}\n`);
    }
  }
}

/** Has signals and errors that nobody caught end in an orderly way. */
export function endInOrder(): void {
  let ending = false;
  const end = (code: number) => {
    if (ending) return;
    ending = true;
    void closeEverything().finally(() => process.exit(code));
  };
  for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
    process.on(signal, () => {
      process.stderr.write(`ended by ${signal}\n`);
      end(code);
    });
  }
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? String(error)}\n`);
    end(1);
  });
}
