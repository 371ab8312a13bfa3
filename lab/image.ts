// What the images give to every program in them, for stand-ins that run a program as a process of this machine.

/** The variables of the image: where programs are, and Node's compile cache, which the images set too. */
export const imageEnvironment = () => {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE };
};
