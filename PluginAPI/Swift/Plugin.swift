import CHeadrace
