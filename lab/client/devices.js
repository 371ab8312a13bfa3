/** Whether the guest's microphone and camera are on. Nothing is captured. */
export const devices = { microphone: true, camera: true };
