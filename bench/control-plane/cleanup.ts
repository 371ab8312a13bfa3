// Closes everything that a bench has started when it ends: in order, on an error, or on Ctrl-C.

type Close = () => Promise<void> | void;
const open = new Set<Close>();

/** Registers a function that closes something. Returns a function that calls it, once however often it is called. */
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

/** Closes what is still open, newest first. Errors are printed, and the others are closed all the same. */
export async function closeEverything(): Promise<void> {
  for (const close of [...open].reverse()) {
    try {
      await close();
    } catch (error) {
      process.stderr.write(`closing failed: ${String(error)}\n`);
    }
  }
}

/** On a signal or an uncaught error, closes everything and exits. */
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
