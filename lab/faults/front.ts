// A TCP load balancer in front of several APIs, whose connections can be cut.
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Front {
  /** True: every connection is refused. */
  down = false;
  readonly #backends: readonly number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  constructor(backends: readonly number[]) {
    this.#backends = backends;
    this.#server = createServer((client) => this.#accept(client));
  }

  listen(port: number): Promise<void> {
    return new Promise((done) => this.#server.listen(port, '127.0.0.1', done));
  }
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
  close(): void {
    this.cut();
    this.#server.close();
  }

  #accept(client: Socket): void {
    this.#hold(client);
    if (this.down) return void client.destroy();
    this.#turn += 1;
    this.#join(client, this.#backends.length);
  }
  /** Connects the client to the next API that accepts. */
  #join(client: Socket, tries: number): void {
    if (tries === 0) return void client.destroy();
    const port = this.#backends[(this.#turn + tries) % this.#backends.length] ?? 0;
    const backend = connect(port, '127.0.0.1');
    backend.once('connect', () => {
      this.#hold(backend);
      client.pipe(backend);
      backend.pipe(client);
      client.once('close', () => backend.destroy());
      backend.once('close', () => client.destroy());
    });
    backend.once('error', () =>
      backend.readyState === 'opening' || backend.pending ? this.#join(client, tries - 1) : client.destroy(),
    );
  }
  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
