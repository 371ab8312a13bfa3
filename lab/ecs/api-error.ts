/** An error as ECS answers it: the name is the error code, `extra` the members besides the message. */
export class ApiError extends Error {
  readonly status: number;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    name: string,
    message: string,
    { status = 400, extra = {} }: { status?: number; extra?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = name;
    this.status = status;
    this.extra = extra;
  }
}

export const invalid = (message: string) => new ApiError('InvalidParameterException', message);
