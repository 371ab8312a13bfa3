// The objects of a cluster, with what a watch needs: every change has a version, and is kept until it is compacted.
import { randomUUID } from 'node:crypto';
import { type KubeObject, timestamp } from './objects.ts';

export type Resource = 'jobs' | 'pods' | 'secrets' | 'events' | 'resourcequotas';

export interface Change {
  version: number;
  resource: Resource;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

export class Store {
  readonly #objects: Record<Resource, Map<string, KubeObject>> = {
    jobs: new Map(),
    pods: new Map(),
    secrets: new Map(),
    events: new Map(),
    resourcequotas: new Map(),
  };
  readonly #listeners = new Set<(change: Change) => void>();
  #changes: Change[] = [];
  #version = 100;
  /** Changes up to this version are forgotten. */
  #compacted = 0;

  get version(): number {
    return this.#version;
  }

  get<T extends KubeObject>(resource: Resource, name: string): T | undefined {
    const found = this.#objects[resource].get(name);
    return found && (structuredClone(found) as T);
  }

  /** All of a kind, by name. */
  all<T extends KubeObject>(resource: Resource): T[] {
    return [...this.#objects[resource].keys()].sort().map((name) => this.get<T>(resource, name) as T);
  }

  /** Adds an object, with the metadata that a server sets. */
  add<T extends KubeObject>(resource: Resource, object: object): T {
    const given = structuredClone(object) as T;
    given.metadata = { ...given.metadata, uid: randomUUID(), creationTimestamp: timestamp() };
    return this.#put(resource, 'ADDED', given);
  }

  /** Changes an object, if it is there still. Returns the new one. */
  change<T extends KubeObject>(resource: Resource, name: string, edit: (object: T) => void): T | undefined {
    const object = this.get<T>(resource, name);
    if (!object) return undefined;
    edit(object);
    return this.#put(resource, 'MODIFIED', object);
  }

  remove(resource: Resource, name: string): void {
    const object = this.#objects[resource].get(name);
    if (!object) return;
    this.#objects[resource].delete(name);
    this.#tell(resource, 'DELETED', object);
  }

  /** Changes after a version. Null: they are forgotten, and the watcher has to list again. */
  since(version: number): readonly Change[] | null {
    if (version < this.#compacted) return null;
    return this.#changes.filter((change) => change.version > version);
  }

  /** Forgets all changes: watches and pages that began before get 410. */
  compact(): void {
    this.#changes = [];
    this.#version += 1;
    this.#compacted = this.#version;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put<T extends KubeObject>(resource: Resource, type: Change['type'], object: T): T {
    this.#objects[resource].set(object.metadata.name, object);
    this.#tell(resource, type, object);
    return structuredClone(object);
  }

  #tell(resource: Resource, type: Change['type'], object: KubeObject): void {
    this.#version += 1;
    object.metadata.resourceVersion = String(this.#version);
    const change = { version: this.#version, resource, type, object: structuredClone(object) };
    this.#changes.push(change);
    for (const listener of this.#listeners) listener(change);
  }
}
