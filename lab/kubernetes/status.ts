// Errors as the API server writes them: an HTTP status, and a body of the kind Status.

export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Record<string, unknown>;

  constructor(code: number, reason: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  get body() {
    const { code, reason, message, details } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      details,
      code,
    };
  }
}

export const notFound = (kind: string, name: string) =>
  new StatusError(404, 'NotFound', `${kind} "${name}" not found`, { name, kind });

export const forbidden = (kind: string, name: string, why: string) =>
  new StatusError(403, 'Forbidden', `${kind} "${name}" is forbidden: ${why}`, { name, kind });

/** A list or a watch began at a version that the server has forgotten. */
export const expired = () =>
  new StatusError(410, 'Expired', 'The provided continue parameter or resource version is too old.');
